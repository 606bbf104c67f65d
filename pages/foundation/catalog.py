from components.catalog.views import page

page.page()
