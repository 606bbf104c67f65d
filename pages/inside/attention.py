from components.attention.views import page

page.page()
