using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Ranks as a run spec has them: <c>{"min": 2, "max": 16}</c>, or <c>{"default": 8, "by": {"site=clinic": 2}}</c> in that order.</summary>
internal sealed class AgentRanksJsonConverter : JsonConverter<AgentRanks>
{
    private const string Min = "min";
    private const string Max = "max";
    private const string Default = "default";
    private const string By = "by";

    public override AgentRanks Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            JsonObject ranks = JsonNode.Parse(ref reader)!.AsObject();
            return ranks.ContainsKey(Min)
                ? new RanksByMemory(Whole(ranks[Min]), Whole(ranks[Max]))
                : new RanksByLabel(
                    Whole(ranks[Default]),
                    [.. (ranks[By]?.AsObject() ?? []).Select(entry => new LabelRank(LabelSelector.Parse(entry.Key), Whole(entry.Value)))]);
        }
        catch (Exception broken) when (broken is InvalidOperationException or FormatException)
        {
            throw new JsonException($"Ranks of agents are neither between bounds nor by labels: {broken.Message}", broken);
        }
    }

    public override void Write(Utf8JsonWriter writer, AgentRanks value, JsonSerializerOptions options) => ToJson(value).WriteTo(writer, options);

    /// <summary>As it stands in a run spec.</summary>
    public static JsonObject ToJson(AgentRanks ranks) => ranks switch
    {
        RanksByMemory memory => new JsonObject { [Min] = memory.Min, [Max] = memory.Max },
        RanksByLabel labels => new JsonObject
        {
            [Default] = labels.Default,
            [By] = new JsonObject(labels.By.Select(entry => KeyValuePair.Create(entry.Selector.Text, (JsonNode?)entry.Rank))),
        },
        _ => throw new NotSupportedException($"{ranks.GetType().Name} has no form as JSON."),
    };

    private static int Whole(JsonNode? node) => node is null ? throw new FormatException("a number is missing") : node.GetValue<int>();
}
