from components.start import page

page.home()
