using EdgeFlora.Testing.Containers;

namespace EdgeFlora.Containers.Tests.Engines;

public sealed class ContainerEngineTests
{
    [Theory]
    [InlineData(null, "1.41", "1.41")]
    [InlineData("", "1.43", "1.43")]
    [InlineData(null, "1.44", null)]
    [InlineData(null, "1.52", null)]
    [InlineData("1.40", "1.41", null)]
    public void An_older_engine_is_spoken_to_in_its_own_version(string? set, string engine, string? spoken) =>
        Assert.Equal(spoken, ContainerEngine.Spoken(set, engine));
}
