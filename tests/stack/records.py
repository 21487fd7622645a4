"""Resource types that moto's CloudFormation does not know, and the REST API, whose definition it passes over.

Each resource is only recorded, with its properties after references were resolved."""

from moto.core.common_models import CloudFormationModel

# The attributes that the template asks for, by type. Each gets a made-up value.
TYPES = {
    "AWS::ApiGateway::Deployment": [],
    "AWS::ApiGateway::RestApi": [],
    "AWS::ApiGateway::Stage": [],
    "AWS::ApiGatewayV2::Api": [],
    "AWS::ApiGatewayV2::Stage": [],
    "AWS::CloudWatch::Alarm": [],
    "AWS::Lambda::Url": ["FunctionUrl"],
    "AWS::Logs::MetricFilter": [],
}


class Record:
    """One resource."""

    def __init__(self, name, properties):
        self.physical_resource_id = properties.get("StageName", name)
        self.properties = properties

    def is_created(self):
        return True

    def get_cfn_attribute(self, attribute):
        if attribute not in TYPES[self.cloudformation_type()]:
            raise AssertionError(f"{self.cloudformation_type()} has no attribute {attribute} here")
        return f"https://{self.physical_resource_id}.example/"

    @classmethod
    def has_cfn_attr(cls, attribute):
        return attribute in TYPES[cls.cloudformation_type()]

    @staticmethod
    def cloudformation_name_type():
        return None

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        return cls(resource_name, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        original_resource.properties = cloudformation_json["Properties"]
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        pass


def register():
    """Makes the types known to moto, which takes the latest subclass of its model for each type."""
    return [
        type(name.replace("::", ""), (Record, CloudFormationModel), {"cloudformation_type": staticmethod(lambda name=name: name)})
        for name in TYPES
    ]
