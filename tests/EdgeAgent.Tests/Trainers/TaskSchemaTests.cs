using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>docs/trainer-task.schema.json describes what agents write.</summary>
public sealed class TaskSchemaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TaskKind.Train, 0, false, 1)]
    [InlineData(TaskKind.Train, 0.1, false, 2)]
    [InlineData(TaskKind.Train, 0.1, true, 3)]
    [InlineData(TaskKind.Evaluate, 0, false, 1)]
    public void Every_word_of_a_task_is_in_the_schema_and_nothing_that_it_requires_is_missing(
        TaskKind kind, double proximal, bool corrects, int contract)
    {
        BaseModel model = TinyModel.Load(folder.In("model"));
        TaskOffer offer = Offers.Bare(kind: kind) is { Hyper: { } hyper } trains
            ? trains with { Hyper = hyper with { Proximal = proximal } }
            : Offers.Bare(kind: kind);
        var start = new TrainingStart(model, Offers.Global, FrozenFactors.None) { Correction = corrects ? Offers.Global : null };
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "docs", "trainer-task.schema.json")));

        using var task = JsonDocument.Parse(TrainerTask.Of(offer, start, TrainingPlans.Of(offer, start, 1), (8, 2)).ToJson());

        Compare("", task.RootElement, schema.RootElement);
        Assert.Equal(kind == TaskKind.Train, task.RootElement.TryGetProperty("training", out JsonElement training));
        Assert.Equal(contract, task.RootElement.GetProperty("contract").GetInt32());
        Assert.Equal(proximal > 0, kind == TaskKind.Train && training.TryGetProperty("proximal", out _));
        Assert.Equal(corrects, kind == TaskKind.Train && training.TryGetProperty("correction", out _));
    }

    private static void Compare(string place, JsonElement value, JsonElement schema)
    {
        Assert.True(Fits(value, schema.GetProperty("type").GetString()!), $"{place} is {value.ValueKind}, not {schema.GetProperty("type")}.");
        if (schema.TryGetProperty("enum", out JsonElement choices))
        {
            Assert.Contains(value.ToString(), choices.EnumerateArray().Select(choice => choice.ToString()));
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            Assert.True(
                schema.GetProperty("properties").TryGetProperty(property.Name, out JsonElement described),
                $"{place}{property.Name} is not in the schema.");
            Compare($"{place}{property.Name}.", property.Value, described);
        }

        Assert.All(
            schema.GetProperty("required").EnumerateArray(),
            name => Assert.True(value.TryGetProperty(name.GetString()!, out _), $"{place}{name} is missing."));
    }

    private static bool Fits(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
