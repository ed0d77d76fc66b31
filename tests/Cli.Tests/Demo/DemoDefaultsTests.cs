using System.Text;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Demo;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class DemoDefaultsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-defaults-").FullName;

    /// <summary>What is seen to train well in the demo is what a spec without settings gets.</summary>
    [Fact]
    public void A_spec_without_settings_trains_as_the_demo_does()
    {
        RunSpec spec = RunSpecReader.Read(Encoding.UTF8.GetBytes("labels: [a, b]")).Spec!;
        CoordinatorOptions demo = Demo();

        Assert.Equal(
            demo.Training with
            {
                LearningRate = Unless(RunDefaults.LearningRate, demo.Training.LearningRate),
                LogitAdjustment = Unless(RunDefaults.LogitAdjustment, demo.Training.LogitAdjustment),
                Steps = spec.Training.Steps,
                CheckpointEverySteps = spec.Training.CheckpointEverySteps,
            },
            spec.Training);
        Assert.Equal(
            demo.Aggregation with
            {
                Threads = spec.Aggregation.Threads,
                Seed = spec.Aggregation.Seed,
                ModuleStrategies = spec.Aggregation.ModuleStrategies,
            },
            spec.Aggregation);
        Assert.Equal((demo.Lora.Rank, demo.Lora.Alpha, demo.Lora.Variant), (spec.Lora.Rank, spec.Lora.Alpha, spec.Lora.Variant));
        Assert.Equal(1.5, spec.Aggregation.ServerRate);
    }

    /// <summary>A value that is the usual one may be left out as well.</summary>
    private static double? Unless(double usual, double? value) => value == usual ? null : value;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private CoordinatorOptions Demo()
    {
        var options = new DemoOptions
        {
            Agents = 6,
            Rounds = 5,
            Strategy = "FloraNA",
            Alpha = 0.3,
            Rank = 8,
            Codec = "int8",
            Seed = 7,
            Broker = new BrokerOptions(),
            Out = Path.Combine(root, "demo"),
            Model = EdgeFlora.Cli.CommandLine.ModelOption.EmbeddedFolder,
        };
        DemoFolder folder = DemoFolder.Take(options.Out);
        Directory.CreateDirectory(Path.GetDirectoryName(folder.LabelFile)!);
        File.WriteAllText(folder.LabelFile, "a\nb\n");
        var command = new CoordinatorCommand();
        return command.Settings(command.Parse([.. new DemoArguments(options, folder, []).Coordinator().Skip(1)])).Run;
    }
}
