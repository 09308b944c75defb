from rewards.earning.services.recording import Verdict, record_purchase, record_purchases

__all__ = ["Verdict", "record_purchase", "record_purchases"]
