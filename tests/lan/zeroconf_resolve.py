# What python-zeroconf finds out about a service, as JSON: zeroconf_resolve.py OWN_ADDRESS INSTANCE TYPE
import json
import sys

from zeroconf import IPVersion, Zeroconf

address, instance, service = sys.argv[1:]
zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
info = zeroconf.get_service_info(service, f"{instance}.{service}", timeout=3000)
zeroconf.close()
if info is None:
    sys.exit("not found")
text = {key.decode(): value and value.decode() for key, value in info.properties.items()}
print(json.dumps({"host": info.server, "port": info.port, "addresses": info.parsed_addresses(), "text": text}))
