"""The words: what an article, an edition, a campaign, a session and a delivery are. No input, no output."""
