using System.CommandLine;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Demo;

namespace EdgeFlora.Cli.Commands.Demo;

/// <summary><c>edgeflora demo</c>: a whole federated run on real text, with faults to survive.</summary>
internal sealed class DemoCommand : Command
{
    private readonly Option<int> agents = Ranged.Number("--agents", "Agents, each with its own part of the data", "agents", 2, 64, 6);
    private readonly Option<int> rounds = Ranged.Number("--rounds", "Rounds", "rounds", 1, 100, 5);
    private readonly Option<string> strategy = Ranged.Choice(
        "--strategy", "How updates become the global adapter", StrategyRegistry.Names, "FloraNA");
    private readonly Option<double> alpha = Ranged.Number(
        "--alpha", "Dirichlet α of the data's distribution over agents: 0.1 is very uneven, 100 nearly even", "", 0.01, 1000, 0.3);
    private readonly Option<int> rank = Ranged.Number("--rank", "LoRA rank", "", 1, 64, 8);
    private readonly Option<string> codec = CodecOption.Create("int8");
    private readonly Option<ulong> seed = Ranged.Number<ulong>(
        "--seed", "Seed of everything random; with --calm the same seed repeats every figure but the seconds", "", 0, ulong.MaxValue, 7);
    private readonly Option<string?> broker = BrokerOption.Optional();
    private readonly Option<double> brokerTimeout = BrokerOption.Timeout();
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder that receives report.html, result.json, adapter/, data and logs; an earlier demo in it is replaced",
        HelpName = "DIR",
        DefaultValueFactory = _ => "demo-run",
    };
    private readonly Option<string> json = new("--json") { Description = "File that receives the result too", HelpName = "FILE" };
    private readonly Option<bool> calm = new("--calm") { Description = "Cause no faults" };
    private readonly Option<bool> noBaselines = new("--no-baselines")
    {
        Description = "Do not train the two baselines: each agent alone, and one training on all data",
    };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> packs = new("--packs")
    {
        Description = "Folder of the .NET SDK's reference packs, if they are not found by themselves",
        HelpName = "DIR",
    };

    public DemoCommand()
        : base("demo", "Watch a whole run: agents with uneven private data fine-tune one model together while some of them fail, lie and vanish.")
    {
        Option[] all =
        [
            agents, rounds, strategy, alpha, rank, codec, seed, broker, brokerTimeout, output, json, calm, noBaselines, model, packs,
        ];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => new DemoRun(Settings(parsed)).RunAsync(stop));
    }

    private DemoOptions Settings(ParseResult parsed)
    {
        var options = new DemoOptions
        {
            Agents = parsed.GetValue(agents),
            Rounds = parsed.GetValue(rounds),
            Strategy = parsed.GetRequiredValue(strategy),
            Alpha = parsed.GetValue(alpha),
            Rank = parsed.GetValue(rank),
            Codec = parsed.GetRequiredValue(codec),
            Seed = parsed.GetValue(seed),
            Broker = BrokerOption.Options(parsed.GetValue(broker), parsed.GetValue(brokerTimeout)),
            Out = parsed.GetRequiredValue(output),
            Json = parsed.GetValue(json),
            Calm = parsed.GetValue(calm),
            Baselines = !parsed.GetValue(noBaselines),
            Model = ModelOption.Check(parsed.GetRequiredValue(model)),
            Packs = parsed.GetValue(packs),
        };
        return options switch
        {
            { Calm: false, Agents: < FaultScript.MinAgents } =>
                throw new InputException(
                    $"--agents is {options.Agents}; the demo's faults need at least {FaultScript.MinAgents} agents, or add --calm"),
            { Calm: false, Rounds: < FaultScript.MinRounds } =>
                throw new InputException(
                    $"--rounds is {options.Rounds}; the demo's faults need at least {FaultScript.MinRounds} rounds, or add --calm"),
            { Strategy: { } named } when StrategyRegistry.NeedsOf(named, 1).KeepB =>
                throw new InputException(
                    $"--strategy is {named}, with which each agent keeps its own B and no whole adapter is published; the demo measures one after "
                        + $"each round: take another strategy"),
            { Json: { } file } when Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))) =>
                throw new InputException($"--json is '{file}'; give a file in a folder that exists"),
            _ => options,
        };
    }
}
