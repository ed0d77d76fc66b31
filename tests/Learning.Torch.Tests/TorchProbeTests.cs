using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Tests;

public sealed class TorchProbeTests
{
    [TorchFact]
    public void The_device_multiplies_right_and_is_named()
    {
        EngineProbe probe = TorchProbe.Run();

        Assert.True(probe.Usable, probe.Detail);
        Assert.Matches("^(cuda|mps|cpu), TorchSharp ", probe.Detail);
    }
}
