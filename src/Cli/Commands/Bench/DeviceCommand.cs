using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;

namespace EdgeFlora.Cli.Commands.Bench;

/// <summary><c>edgeflora bench device</c>: how fast this machine trains, and which ranks and batches fit into its memory.</summary>
internal sealed class DeviceCommand : Command
{
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly Option<string> variant = VariantOption.Create();
    private readonly Option<int> maxTokens = Ranged.Number(
        "--max-tokens", "Tokens of every example, at most the model's", "tokens", 3, 1_048_576, 64);
    private readonly Option<long?> memory = MemorySize.Option("--memory", "Memory to ask about instead of what is free now");
    private readonly Option<double> seconds = Ranged.Number("--seconds", "Least time for each shape", "seconds", 0, 3600, 0.5);
    private readonly Option<string> engine = EngineSelection.EngineOption();
    private readonly Option<string> device = EngineSelection.DeviceOption();
    private readonly Option<int> threads = Ranged.Number("--threads", "Threads for training", "threads", 1, 1024, Environment.ProcessorCount);
    private readonly Option<string> json = JsonFile.Option("speeds and memory");

    public DeviceCommand()
        : base("device", "Measure training speed and memory by rank and batch, and say what is the most that fits.")
    {
        foreach (Option option in new Option[] { model, weights, variant, maxTokens, memory, seconds, engine, device, threads, json })
        {
            Options.Add(option);
        }

        SetAction(
            (parsed, stop) => Task.Run(
                () => new DeviceRun(Settings(parsed), parsed.InvocationConfiguration.Output).Run(stop),
                CancellationToken.None));
    }

    private DeviceSettings Settings(ParseResult parsed) => new()
    {
        Model = ModelOption.Check(parsed.GetRequiredValue(model)),
        Storage = WeightsOption.Storage(parsed.GetRequiredValue(weights)),
        Variant = VariantOption.Parse(parsed.GetRequiredValue(variant)),
        MaxTokens = parsed.GetValue(maxTokens),
        Memory = parsed.GetValue(memory),
        Least = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
        Engine = parsed.GetRequiredValue(engine),
        Device = parsed.GetRequiredValue(device),
        Threads = parsed.GetValue(threads),
        Json = JsonFile.Check(parsed.GetValue(json)),
    };
}
