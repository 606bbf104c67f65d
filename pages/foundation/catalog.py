from components.foundation.views import page

page.page()
