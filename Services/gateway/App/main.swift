import Hummingbird
import HummingbirdTLS
import Logging

print("gateway")
