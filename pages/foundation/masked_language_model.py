from components.masked_language.views import page

page.page()
