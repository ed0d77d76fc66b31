using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.Cli.Agent;

/// <summary><c>edgeflora agent</c>: one agent with its private data.</summary>
internal sealed class AgentCommand : Command
{
    private readonly Option<string> name = new("--name") { Description = "Name of the agent, unique at the broker: a-z, 0-9 and -", HelpName = "NAME", Required = true };
    private readonly Option<string> data = new("--data") { Description = "Private data to train on: JSONL, CSV or TSV with the columns text, label and, for pairs, text_pair; for lm text, or prompt and completion, or a plain .txt", HelpName = "FILE" };
    private readonly Option<string> heldOut = new("--held-out") { Description = "Data to measure on, in the same form; without it a fraction of --data", HelpName = "FILE" };
    private readonly Option<double> heldOutFraction = Ranged.Number("--held-out-fraction", "Fraction of --data that is never trained on", "", 0, 0.9, 0.2);
    private readonly Option<string> specialTokens = SpecialTokensOption.Create();
    private readonly Option<string> role = Ranged.Choice("--role", "trainer trains on private data, evaluator measures every global adapter on --held-out", ["trainer", "evaluator"], "trainer");
    private readonly Option<string> task = LearningTaskOption.Create("What may be learnt from the data; a run that learns something else is not joined");
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly BrokerArguments broker = new();
    private readonly Option<string> state = new("--state") { Description = "Folder for journal, checkpoints and cache; without it agent-NAME-state", HelpName = "DIR" };
    private readonly Option<string> engine = Engines.EngineOption();
    private readonly Option<string> device = Engines.DeviceOption();
    private readonly Option<bool> isolate = new("--isolate") { Description = "Train in a process of its own for each task, as torch always does: if it is killed, the agent goes on from the last checkpoint" };
    private readonly Option<int> threads = Ranged.Number("--threads", "Threads for training; the result is the same for any number", "threads", 1, 1024, 1);
    private readonly Option<bool> noMeasure = new("--no-measure") { Description = "Do not measure this device at the first start: the coordinator is not told what it can train, and no task is declined for want of memory" };
    private readonly Option<string[]> drill = DrillOption.Create();
    private readonly Option<string> log = new("--log") { Description = "Log files, the day in the name before its ending, the newest 8 of 5 MiB kept; without it agent.log in the state folder", HelpName = "FILE" };
    private readonly Option<bool> stopWithInput = StopWithInput.Option();

    public AgentCommand()
        : base("agent", "Take part in a run: train adapters on this machine's private data, which never leaves it.")
    {
        foreach (Option option in (Option[])[name, data, heldOut, heldOutFraction, specialTokens, role, task, model, weights, .. broker.All, state, engine, device, isolate, threads, noMeasure, drill, log, stopWithInput])
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => new AgentProgram(Settings(parsed)).RunAsync(stop));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public AgentSettings Settings(ParseResult parsed)
    {
        string who = parsed.GetRequiredValue(name);
        string stateFolder = parsed.GetValue(state) ?? $"agent-{who}-state";
        var options = new AgentOptions
        {
            Name = who,
            Role = parsed.GetRequiredValue(role) == "evaluator" ? AgentRole.Evaluator : AgentRole.Trainer,
            Task = LearningTaskOption.Of(parsed.GetRequiredValue(task)),
            ModelFolder = ModelOption.Check(parsed.GetRequiredValue(model)),
            DataFile = Present("--data", parsed.GetValue(data)),
            HeldOutFile = Present("--held-out", parsed.GetValue(heldOut)),
            HeldOutFraction = parsed.GetValue(heldOutFraction),
            MatchesSpecialTokens = SpecialTokensOption.Matched(
                parsed.GetRequiredValue(specialTokens), LearningTaskOption.Of(parsed.GetRequiredValue(task)) == LearningTask.LanguageModel),
            StateFolder = stateFolder,
            Engine = parsed.GetRequiredValue(engine),
            Device = parsed.GetRequiredValue(device),
            Isolate = parsed.GetValue(isolate),
            Threads = parsed.GetValue(threads),
            Drill = DrillOption.Parse(parsed.GetValue(drill) ?? []),
        };
        if (options is { Role: AgentRole.Trainer, DataFile: null })
        {
            throw new InputException("--data is missing; a trainer needs a JSONL, CSV or TSV file to train on");
        }

        if (options is { Role: AgentRole.Evaluator, HeldOutFile: null })
        {
            throw new InputException("--held-out is missing; an evaluator needs a JSONL, CSV or TSV file to measure on");
        }

        return new AgentSettings(
            options, broker.Read(parsed), parsed.GetValue(log) ?? Path.Combine(stateFolder, "agent.log"),
            WeightsOption.Storage(parsed.GetRequiredValue(weights)), !parsed.GetValue(noMeasure), parsed.GetValue(stopWithInput));
    }

    private static string? Present(string option, string? file) => file is null || File.Exists(file)
        ? file
        : throw new InputException($"{option} is '{file}', which does not exist; give a JSONL, CSV or TSV file with the columns text and label, or for lm with texts");
}
