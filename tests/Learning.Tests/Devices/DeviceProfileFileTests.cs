using EdgeFlora.Learning.Devices;

namespace EdgeFlora.Learning.Tests.Devices;

public sealed class DeviceProfileFileTests : IDisposable
{
    private static readonly DeviceProfile Profile = new()
    {
        Key = "model|engine",
        TokensPerSecond = 1234.5,
        MappedBytes = 99,
        Memory = new MemoryFit { MaxTokens = 64, Fixed = 1, PerRank = 2, PerToken = 3, PerTokenRank = 0.5 },
        DoraMemory = new MemoryFit { MaxTokens = 64, Fixed = 1, PerRank = 2, PerToken = 4, PerTokenRank = 0.5 },
        HiraMemory = new MemoryFit { MaxTokens = 64, Fixed = 9, PerRank = 2, PerToken = 3, PerTokenRank = 0 },
    };

    private readonly TemporaryFolder folder = new();

    private string Path => folder.File("device.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_written_is_read()
    {
        DeviceProfileFile.Write(Path, Profile);

        Assert.Equal(Profile, DeviceProfileFile.Read(Path, Profile.Key));
    }

    [Fact]
    public void A_profile_of_something_else_is_none()
    {
        DeviceProfileFile.Write(Path, Profile);

        Assert.Null(DeviceProfileFile.Read(Path, "another model|engine"));
        Assert.Null(DeviceProfileFile.Read(folder.File("missing.json"), Profile.Key));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"Key":"model|engine"}""")]
    [InlineData("""{"Key":"model|engine","TokensPerSecond":-1,"MappedBytes":1,"Memory":null}""")]
    [InlineData("""{"Key":"model|engine","TokensPerSecond":1,"MappedBytes":1,"Memory":{"MaxTokens":0,"Fixed":1,"PerRank":1,"PerToken":1,"PerTokenRank":1}}""")]
    [InlineData("""{"Key":"model|engine","TokensPerSecond":1,"MappedBytes":1,"Memory":{"MaxTokens":64,"Fixed":-5,"PerRank":1,"PerToken":1,"PerTokenRank":1}}""")]
    [InlineData("""{"Key":"model|engine","TokensPerSecond":1,"MappedBytes":1,"Memory":null,"HiraMemory":{"MaxTokens":64,"Fixed":-5,"PerRank":1,"PerToken":1,"PerTokenRank":1}}""")]
    public void A_damaged_profile_is_none(string content)
    {
        File.WriteAllText(Path, content);

        Assert.Null(DeviceProfileFile.Read(Path, Profile.Key));
    }
}
