using System.Text.Json.Nodes;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Integration.Tests;

/// <summary>Runs in which agents keep B, the head or both: what is published, measured, and taken out at the agents.</summary>
public sealed class PersonalRunTests
{
    private const int Rounds = 3;

    [Theory]
    [InlineData("FedSaLora", false)]
    [InlineData("FedSaLora", true)]
    [InlineData("FloraNA", true)]
    public async Task What_is_shared_is_published_as_such_and_each_agent_can_take_out_a_whole_adapter(string strategy, bool head)
    {
        await using Federation federation = await Federation.StartAsync(null);
        CoordinatorOptions options = federation.Options("personal", Rounds) with { Aggregation = new AggregationOptions { Strategy = strategy } };
        options = Federation.Measurable(options with
        {
            Training = options.Training with { PersonalHead = head, UpdateCodec = "fp32", Steps = 40, LearningRate = 0.02 },
        });
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(options);
        await federation.AllAgentsAsync();

        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        bool keepsB = strategy == "FedSaLora";
        AssertShared(outcome, options.OutputFolder!, keepsB, head);
        Assert.All(outcome.Rounds, round => Assert.Equal(keepsB, round.Figures!.DivergenceUsed is null));
        Assert.All(outcome.Rounds, round => Assert.Equal(keepsB, round.Modules!.AsArray().Count == 0));

        // What agents measure is what they use: it is better than the untrained model, though what is published labels nothing. At the end they
        // measure the newest of what is shared with what they keep, and that is what is exported.
        double before = outcome.Rounds[0].Agents.Average(agent => agent.Metrics.GlobalAccuracy!.Value);
        double after = outcome.Rounds[^1].Agents.Average(agent => agent.Metrics.LocalAccuracy!.Value);
        Assert.True(after > before + 0.1, $"Personalised accuracy was {before} and is {after}.");
        for (int i = 1; i <= Federation.Trainers; i++)
        {
            AgentMeasure told = outcome.FinalMeasures!.Agents.Single(agent => agent.AgentId == $"trainer-{i}");
            string folder = Path.Combine(options.OutputFolder!, $"own-{i}");
            OwnAdapterExport.Write(federation.StateOf(told.AgentId), outcome.RunId, folder);
            (ClassificationMetrics measured, LoraAdapter own) = Measure(federation, folder, federation.TrainerFiles[i - 1]);
            Assert.Equal((told.Accuracy, told.Loss), ((double?)measured.Accuracy, (double?)measured.Loss));
            Assert.All(own.Modules.Values, factors => Assert.True(factors.B.Values.ContainsAnyExcept(0f)));
        }
    }

    private static void AssertShared(RunOutcome outcome, string output, bool keepsB, bool head)
    {
        Assert.Null(outcome.AdapterFolder);
        Assert.False(Directory.Exists(Path.Combine(output, "adapter")));
        string folder = outcome.SharedFolder!;
        Assert.Equal(
            ["README.md", "provenance.intoto.json", "provenance.pem", "shared_config.json", "shared_factors.safetensors"],
            Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Throws<AdapterFormatException>(() => PeftFolder.Read(folder));
        using SafetensorsFile tensors = SafetensorsFile.Open(Path.Combine(folder, "shared_factors.safetensors"));
        Assert.Equal(keepsB, !tensors.Tensors.Keys.Any(name => name.Contains("lora_B", StringComparison.Ordinal)));
        Assert.Equal(head, !tensors.Tensors.Keys.Any(name => name.Contains("classifier", StringComparison.Ordinal)));
        Assert.Contains(tensors.Tensors.Keys, name => name.Contains("lora_A", StringComparison.Ordinal));
        Assert.Contains(
            $"edgeflora agent export --state DIR --run {outcome.RunId}",
            File.ReadAllText(Path.Combine(folder, "README.md")),
            StringComparison.Ordinal);
        string told = JsonNode.Parse(File.ReadAllText(outcome.LedgerFile!))!["personal"]!.GetValue<string>();
        Assert.Equal((keepsB, head), (told.Contains("its own B", StringComparison.Ordinal), told.Contains("its own head", StringComparison.Ordinal)));
    }

    /// <summary>An exported adapter on what its agent holds out.</summary>
    private static (ClassificationMetrics Metrics, LoraAdapter Adapter) Measure(Federation federation, string folder, string file)
    {
        LoraAdapter adapter = PeftFolder.Read(folder);
        IReadOnlyList<string> labels = PeftFolder.ReadLabels(folder)!;
        AgentData data = AgentData.Split(LabelledDataSet.Read(file, labels: labels).Examples, 0.2, seed: 0);
        var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1, MaxTokens = 12, Seed = 0 };
        using IFineTuning tuning = new PortableEngine().Start(federation.Model, adapter, labels, [], plan);
        return (tuning.Evaluate(data.HeldOut, TestContext.Current.CancellationToken), adapter);
    }
}
