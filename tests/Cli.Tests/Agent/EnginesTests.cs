using EdgeFlora.Cli.Agent;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tests.Agent;

public sealed class EnginesTests
{
    private static readonly WorkerPrograms NoTorch = WorkerPrograms.Installed with { Torch = _ => null };
    private static readonly WorkerPrograms BrokenTorch = WorkerPrograms.Installed with { Torch = _ => new WorkerProgram("/nowhere/EdgeFlora.Learning.Torch.dll", []) };

    /// <summary>A worker that is the portable engine, in the place of torch.</summary>
    private static readonly WorkerPrograms SomeTorch = WorkerPrograms.Installed with { Torch = _ => WorkerPrograms.Installed.Portable() };

    [Fact]
    public void Auto_is_portable_without_torch_and_says_why()
    {
        (IEngine engine, string? reason) = Engines.Choose("auto", "auto", isolate: false, NoTorch);

        Assert.IsType<PortableEngine>(engine);
        Assert.Equal("torch is not here", reason);
    }

    [Fact]
    public void Auto_is_portable_where_torch_cannot_start_and_says_why()
    {
        (IEngine engine, string? reason) = Engines.Choose("auto", "auto", isolate: false, BrokenTorch);

        Assert.IsType<PortableEngine>(engine);
        Assert.StartsWith("torch has no use here: The training process ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_takes_torch_where_its_worker_finds_the_device()
    {
        (IEngine engine, string? reason) = Engines.Choose("auto", "auto", isolate: false, SomeTorch);

        Assert.IsType<RemoteEngine>(engine);
        Assert.Equal("there is a CUDA device", reason);
    }

    [Theory]
    [InlineData("torch", "auto", "--engine is 'torch', which is not here; build src/Learning.Torch")]
    [InlineData("auto", "cuda", "--engine is 'torch', which is not here; build src/Learning.Torch")]
    [InlineData("portable", "cuda", "--device is 'cuda', but the portable engine computes on the processor")]
    public void What_is_not_here_is_refused_with_what_would_help(string engine, string device, string said) =>
        Assert.StartsWith(said, Assert.Throws<InputException>(() => Engines.Choose(engine, device, isolate: false, NoTorch)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_isolated_portable_engine_says_where_it_trains()
    {
        (IEngine engine, string? reason) = Engines.Choose("portable", "auto", isolate: true, WorkerPrograms.Installed);

        Assert.Null(reason);
        Assert.Equal("portable", engine.Name);
        Assert.EndsWith("in a process of its own", engine.Device, StringComparison.Ordinal);
        Assert.InRange(engine.MemoryBytes, 1, long.MaxValue);
    }
}
