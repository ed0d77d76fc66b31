using System.Text.Json;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>Names of the classes in the metadata of an adapter's tensors, where Python PEFT does not look.</summary>
internal static class PeftLabels
{
    public const string Key = "edgeflora_labels";

    /// <summary>In the order of the head's rows; null if the file holds none.</summary>
    /// <exception cref="AdapterFormatException">They are no list of different texts.</exception>
    public static IReadOnlyList<string>? Of(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(Key, out string? text))
        {
            return null;
        }

        try
        {
            string?[]? labels = JsonSerializer.Deserialize<string?[]>(text);
            if (labels is { Length: > 0 }
                && labels.All(label => !string.IsNullOrWhiteSpace(label))
                && labels.Distinct(StringComparer.Ordinal).Count() == labels.Length)
            {
                return labels!;
            }
        }
        catch (JsonException)
        {
            // Said below, as for every other text that is no list.
        }

        throw new AdapterFormatException($"{file.Path}: the metadata's '{Key}' is no JSON list of different, non-empty names.");
    }
}
