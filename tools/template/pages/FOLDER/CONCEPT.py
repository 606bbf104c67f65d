from components.CONCEPT.views import page

page.page()
