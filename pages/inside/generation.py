from components.generation.views import page

page.page()
