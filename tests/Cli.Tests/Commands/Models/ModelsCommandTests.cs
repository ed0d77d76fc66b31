using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Commands.Models;

[Collection(ServiceGroup.Name)]
public sealed class ModelsCommandTests(ServiceFixture service)
{
    [Fact]
    public async Task Models_are_listed() => Assert.Equal("NAME  FAMILY  SIZE\n", await service.OkAsync("models", "ls", "--context", "olga"));
}
