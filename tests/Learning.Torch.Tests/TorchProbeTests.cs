using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

public sealed class TorchProbeTests
{
    [Fact]
    public void The_device_multiplies_right_and_is_named()
    {
        EngineProbe probe = TorchProbe.Run();

        Assert.SkipWhen(probe.Detail.StartsWith(TorchProbe.NativesMissing, StringComparison.Ordinal), probe.Detail);
        Assert.True(probe.Usable, probe.Detail);
        Assert.Matches("^(cuda|mps|cpu), TorchSharp ", probe.Detail);
    }
}
