from components.masked_language import view

view.page()
