using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tests.Engines;

public sealed class EngineSelectionTests
{
    private static readonly WorkerPrograms NoTorch = InstalledWorkers.Programs with { Torch = _ => null };
    private static readonly WorkerPrograms BrokenTorch = InstalledWorkers.Programs with
    {
        Torch = _ => new WorkerProgram(
        "/nowhere/EdgeFlora.Learning.Torch.dll", []),
        HasCudaDriver = () => true,
    };

    /// <summary>A worker that is the portable engine, in the place of torch.</summary>
    private static readonly WorkerPrograms SomeTorch = InstalledWorkers.Programs with
    {
        Torch = _ => InstalledWorkers.Portable(),
        HasCudaDriver = () => true,
    };

    [Fact]
    public void Auto_is_portable_without_torch_and_says_so_in_a_few_words()
    {
        EngineChoice choice = EngineSelection.Choose("auto", "auto", isolate: false, NoTorch);

        Assert.IsType<PortableEngine>(choice.Engine);
        Assert.Equal("engine portable, 2 threads (auto: torch is not installed)", choice.Brief(2));
        Assert.StartsWith("engine portable on cpu (", choice.Detail, StringComparison.Ordinal);
        Assert.EndsWith($"; auto: torch is not installed; {TorchWorker.HowToGet}", choice.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_is_portable_where_torch_cannot_start_and_says_why_in_its_detail()
    {
        EngineChoice choice = EngineSelection.Choose("auto", "auto", isolate: false, BrokenTorch);

        Assert.IsType<PortableEngine>(choice.Engine);
        Assert.StartsWith("engine portable, 1 thread (auto: The training process ", choice.Brief(1), StringComparison.Ordinal);
        Assert.EndsWith($"; auto: {choice.Why}", choice.Detail, StringComparison.Ordinal);
        Assert.True(choice.Brief(1).Length < choice.Detail.Length - 20, choice.Detail);
    }

    [Fact]
    public void Auto_takes_torch_where_its_worker_finds_the_device()
    {
        EngineChoice choice = EngineSelection.Choose("auto", "auto", isolate: false, SomeTorch);

        Assert.IsType<RemoteEngine>(choice.Engine);
        Assert.Equal("engine portable, 1 thread (auto: torch has a CUDA device)", choice.Brief(1));
    }

    [Fact]
    public void Auto_does_not_start_torch_where_there_is_no_driver_of_a_gpu()
    {
        WorkerPrograms programs = SomeTorch with { HasCudaDriver = () => false };

        EngineChoice choice = EngineSelection.Choose("auto", "auto", isolate: false, programs);

        Assert.IsType<PortableEngine>(choice.Engine);
        Assert.Equal("engine portable, 1 thread (auto: NVIDIA's driver is not installed)", choice.Brief(1));
    }

    [Fact]
    public void An_engine_that_was_asked_for_needs_no_reason()
    {
        Assert.Equal("engine portable, 4 threads", EngineSelection.Choose("portable", "auto", isolate: false, NoTorch).Brief(4));
        Assert.Equal("engine portable, 4 threads (auto: --device is cpu)", EngineSelection.Choose("auto", "cpu", isolate: false, NoTorch).Brief(4));
    }

    [Theory]
    [InlineData("torch", "auto", "--engine is 'torch', which is not installed; edgeflora torch install")]
    [InlineData("auto", "cuda", "--engine is 'torch', which is not installed; edgeflora torch install")]
    [InlineData("portable", "cuda", "--device is 'cuda', but the portable engine computes on the processor")]
    public void What_is_not_here_is_refused_with_what_would_help(string engine, string device, string said) =>
        Assert.StartsWith(
            said,
            Assert.Throws<InputException>(() => EngineSelection.Choose(engine, device, isolate: false, NoTorch)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_isolated_portable_engine_says_where_it_trains()
    {
        IEngine engine = EngineSelection.Choose("portable", "auto", isolate: true, InstalledWorkers.Programs).Engine;

        Assert.Equal("portable", engine.Name);
        Assert.EndsWith("in a process of its own", engine.Device, StringComparison.Ordinal);
        Assert.InRange(engine.MemoryBytes, 1, long.MaxValue);
    }
}
