using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Names of codecs.</summary>
/// <param name="whole">Whether codecs that hold differences only are refused.</param>
internal sealed class CodecType(bool whole) : ISettingType<string>
{
    private const string WholeNames = "fp32, fp16, bf16, int8, int4";

    public string Right => whole ? $"one of {WholeNames}, which hold a whole adapter" : $"one of {AdapterCodec.Names}";

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out string value)
    {
        value = (node as SpecScalar)?.Text;
        try
        {
            return value is not null && !(AdapterCodec.Parse(value).NeedsReference && whole);
        }
        catch (AdapterFormatException)
        {
            return false;
        }
    }

    public JsonNode Write(string value) => value;

    public JsonObject Schema() =>
        new() { ["type"] = "string", ["pattern"] = whole ? "^(fp32|fp16|bf16|int8|int4)$" : "^(fp32|fp16|bf16|int8|int4|topk:[1-9][0-9]?)$" };
}
