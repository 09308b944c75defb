from rewards.earning.api.views import PurchaseBatch, PurchaseDetail, PurchaseList

__all__ = ["PurchaseBatch", "PurchaseDetail", "PurchaseList"]
