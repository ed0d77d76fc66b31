namespace EdgeFlora.Cli.Tests.Client;

/// <summary>Tests of commands that speak to a service. They share one, and the environment that says where contexts are kept.</summary>
[CollectionDefinition(Name)]
public sealed class ServiceGroup : ICollectionFixture<ServiceFixture>
{
    public const string Name = "service";
}
