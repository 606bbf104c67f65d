from components.inside.views import page

page.page()
