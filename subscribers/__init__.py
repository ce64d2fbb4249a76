"""Who may be mailed. Nothing in here knows how a mail is made or sent."""
