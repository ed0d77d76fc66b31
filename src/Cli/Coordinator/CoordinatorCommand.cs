using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Coordinator;

/// <summary><c>edgeflora coordinator</c>: leads one run over a broker.</summary>
internal sealed class CoordinatorCommand : Command
{
    private static readonly RoundOptions Rounds = new();
    private static readonly TrainingOptions Training = new();
    private static readonly LoraOptions Lora = new();

    private readonly Option<string> labels = new("--labels") { Description = "Names of the classes, separated by commas, or a file with one a line", HelpName = "NAMES", Required = true };
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> broker = BrokerOption.Needed();
    private readonly Option<double> brokerTimeout = BrokerOption.Timeout();
    private readonly Option<string> name = new("--name") { Description = "Name of the run", HelpName = "NAME", DefaultValueFactory = _ => "run" };
    private readonly Option<string> state = new("--state") { Description = "Folder of the run's state; a run in it is continued", HelpName = "DIR", DefaultValueFactory = _ => "coordinator-state" };
    private readonly Option<string> output = new("--out") { Description = "Folder that receives the adapter (PEFT folder adapter/) and ledger.json", HelpName = "DIR", DefaultValueFactory = _ => "run-output" };
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of everything random", "", 0, ulong.MaxValue, 7);
    private readonly Option<int> rounds = Ranged.Number("--rounds", "Rounds to run", "rounds", 1, 10_000, 5);
    private readonly Option<int> minAgents = Ranged.Number("--min-agents", "Agents to wait for before the first round", "agents", 1, 100_000, Rounds.MinAgents);
    private readonly Option<int> evaluators = Ranged.Number("--evaluators", "Agents that only measure and whose last figure the end of the run waits for", "agents", 0, 100, 0);
    private readonly Option<int> perRound = Ranged.Number("--agents-per-round", "Results wanted per round; 0: from every agent there is", "agents", 0, 100_000, 0);
    private readonly Option<double> quorum = Ranged.Number("--quorum", "Fraction of the results wanted without which a round has no outcome", "", 0.01, 1.0, Rounds.Quorum);
    private readonly Option<string> strategy = Ranged.Choice("--strategy", "How updates become the global adapter", StrategyRegistry.Names, "FloraNA");
    private readonly Option<string[]> strategyFor = new("--strategy-for") { Description = "Another strategy for modules by name, * standing for any characters; the first that fits counts (e.g. *.value=FedExLora); may be given again", HelpName = "PATTERN=NAME" };
    private readonly Option<int> residualRank = Ranged.Number("--residual-rank", "Directions a round that FedExLora folds into the base weights; 0: all it would lose", "", 0, 1024, 0);
    private readonly Option<double> momentum = Ranged.Number("--momentum", "Share of the last step that is carried on, with OptimalRank and FlexLora", "", 0, 0.99, 0);
    private readonly Option<double> serverRate = Ranged.Number("--server-rate", "Length of the step from one global adapter to the next; 1: the aggregate itself", "", 0.01, 2, 1);
    private readonly Option<int> rank = Ranged.Number("--rank", "LoRA rank", "", 1, 1024, Lora.Rank);
    private readonly Option<double> loraAlpha = Ranged.Number("--lora-alpha", "LoRA α, numerator of the scale α/rank", "", 0.001, 10_000, Lora.Alpha);
    private readonly Option<string> targets = new("--targets") { Description = "Endings of the names of adapted modules, separated by commas", HelpName = "NAMES", DefaultValueFactory = _ => string.Join(',', Lora.TargetModules) };
    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps of an agent in a round", "steps", 1, 1_000_000, Training.Steps);
    private readonly Option<int> batch = Ranged.Number("--batch", "Examples per step", "examples", 1, 4096, Training.BatchSize);
    private readonly Option<double> learningRate = Ranged.Number("--learning-rate", "Peak learning rate of AdamW", "", 1e-9, 10, Training.LearningRate);
    private readonly Option<double> adjustment = Ranged.Number("--logit-adjustment", "Strength τ with which agents correct for labels being unevenly frequent with them; 0: off, 1: in full", "", 0, 10, Training.LogitAdjustment);
    private readonly Option<int> maxTokens = Ranged.Number("--max-tokens", "Tokens a text is cut to", "tokens", 2, 131_072, Training.MaxTokens);
    private readonly Option<int> checkpointEvery = Ranged.Number("--checkpoint-every", "Steps between an agent's checkpoints", "steps", 1, 1_000_000, Training.CheckpointEverySteps);
    private readonly Option<string> codec = CodecOption.Create(Training.UpdateCodec);
    private readonly Option<double> softDeadline = Seconds.Option("--soft-deadline", "From here on a quorum closes a round", Rounds.SoftDeadline);
    private readonly Option<double> hardDeadline = Seconds.Option("--hard-deadline", "Here a round closes, is extended or skipped", Rounds.HardDeadline);
    private readonly Option<double> stragglers = Seconds.Option("--straggler-grace", "With the quorum in: how long after the last result a round waits for the next", Rounds.StragglerGrace);
    private readonly Option<double> leaseGrace = Seconds.Option("--lease-grace", "Silence after which an agent's task is given up", Rounds.LeaseGrace);
    private readonly Option<double> startTimeout = Seconds.Option("--start-timeout", "Longest wait for enough agents", Rounds.StartTimeout);
    private readonly PrivacyArguments privacy = new();
    private readonly Option<string> log = new("--log") { Description = "Log file; without it coordinator.log in the state folder", HelpName = "FILE" };
    private readonly Option<bool> stopWithInput = StopWithInput.Option();

    public CoordinatorCommand()
        : base("coordinator", "Lead a run: offer tasks to agents over a broker, merge their adapters, keep going when agents or this process fail.")
    {
        foreach (Option option in new Option[]
        {
            labels, model, broker, brokerTimeout, name, state, output, seed, rounds, minAgents, evaluators, perRound, quorum, strategy, strategyFor, residualRank, momentum, serverRate, rank, loraAlpha, targets, steps, batch,
            learningRate, adjustment, maxTokens, checkpointEvery, codec, softDeadline, hardDeadline, stragglers, leaseGrace, startTimeout, log, stopWithInput,
        }.Concat(privacy.Options))
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => new CoordinatorProgram(Settings(parsed)).RunAsync(stop));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public CoordinatorSettings Settings(ParseResult parsed)
    {
        string stateFolder = parsed.GetRequiredValue(state);
        var options = new CoordinatorOptions
        {
            Name = parsed.GetRequiredValue(name),
            Seed = parsed.GetValue(seed),
            BaseModelFolder = ModelOption.Check(parsed.GetRequiredValue(model)),
            Labels = LabelList.Parse(parsed.GetRequiredValue(labels)),
            OutputFolder = parsed.GetRequiredValue(output),
            Store = new StoreOptions { StateFolder = stateFolder },
            Privacy = privacy.Of(parsed),
            Aggregation = new AggregationOptions
            {
                Strategy = parsed.GetRequiredValue(strategy),
                ModuleStrategies = [.. (parsed.GetValue(strategyFor) ?? []).Select(ModuleStrategyOf)],
                ResidualRank = parsed.GetValue(residualRank),
                Momentum = parsed.GetValue(momentum),
                ServerRate = parsed.GetValue(serverRate),
                Seed = parsed.GetValue(seed),
            },
            Lora = new LoraOptions { Rank = parsed.GetValue(rank), Alpha = parsed.GetValue(loraAlpha), Variant = AdapterVariant.Lora, TargetModules = parsed.GetRequiredValue(targets).Split(',', StringSplitOptions.TrimEntries) },
            Rounds = Rounds with
            {
                Count = parsed.GetValue(rounds),
                MinAgents = parsed.GetValue(minAgents),
                Evaluators = parsed.GetValue(evaluators),
                AgentsPerRound = parsed.GetValue(perRound),
                Quorum = parsed.GetValue(quorum),
                SoftDeadline = Seconds.Of(parsed.GetValue(softDeadline)),
                HardDeadline = Seconds.Of(parsed.GetValue(hardDeadline)),
                StragglerGrace = Seconds.Of(parsed.GetValue(stragglers)),
                LeaseGrace = Seconds.Of(parsed.GetValue(leaseGrace)),
                StartTimeout = Seconds.Of(parsed.GetValue(startTimeout)),
            },
            Training = Training with
            {
                Steps = parsed.GetValue(steps),
                BatchSize = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(learningRate),
                LogitAdjustment = parsed.GetValue(adjustment),
                MaxTokens = parsed.GetValue(maxTokens),
                CheckpointEverySteps = parsed.GetValue(checkpointEvery),
                UpdateCodec = parsed.GetRequiredValue(codec),
            },
        };
        return new CoordinatorSettings(
            options, BrokerOption.Options(parsed.GetValue(broker), parsed.GetValue(brokerTimeout)), parsed.GetValue(log) ?? Path.Combine(stateFolder, "coordinator.log"), parsed.GetValue(stopWithInput));
    }

    private static ModuleStrategy ModuleStrategyOf(string text)
    {
        string[] parts = text.Split('=');
        string? name = parts.Length == 2 ? StrategyRegistry.Names.FirstOrDefault(known => known.Equals(parts[1], StringComparison.OrdinalIgnoreCase)) : null;
        return name is not null && parts[0].Length > 0
            ? new ModuleStrategy(parts[0], name)
            : throw new InputException($"--strategy-for is '{text}'; it must be PATTERN=NAME with a name of {string.Join(", ", StrategyRegistry.Names)}");
    }
}
