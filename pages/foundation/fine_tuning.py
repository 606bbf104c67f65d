from components.fine_tuning import view

view.page()
