using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

public sealed class TorchProbeTests
{
    [Fact]
    public void The_device_multiplies_right_and_is_named()
    {
        Assert.Skip(TorchProbe.Run().Detail);
    }

    [Fact]
    public void A_build_without_TorchSharp_says_what_would_help()
    {
        EngineProbe probe = TorchProbe.Run();

        Assert.False(probe.Usable);
        Assert.Contains("artifacts/optional", probe.Detail, StringComparison.Ordinal);
    }
}
