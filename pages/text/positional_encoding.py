from components.positional.views import page

page.page()
