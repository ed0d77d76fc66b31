using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Times from <paramref name="min"/> to <paramref name="max"/>, written as 90s, 15m or 1h30m.</summary>
internal sealed class DurationType(TimeSpan min, TimeSpan max) : ISettingType<TimeSpan>
{
    public TimeSpan Min => min;

    public TimeSpan Max => max;

    public string Right => $"a time such as 90s, 15m or 1h30m, {DurationText.Format(min)} … {DurationText.Format(max)}";

    public bool TryRead(SpecNode node, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        return node is SpecScalar scalar && DurationText.TryParse(scalar.Text, out value) && value >= min && value <= max;
    }

    public JsonNode Write(TimeSpan value) => DurationText.Format(value);

    public JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = DurationText.Pattern };
}
