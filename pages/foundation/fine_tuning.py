from components.fine_tuning.views import page

page.page()
