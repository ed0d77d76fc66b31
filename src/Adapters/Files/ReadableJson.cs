using System.Text.Json;

namespace EdgeFlora.Adapters.Files;

/// <summary>JSON of unknown origin, every name and text of which can be read. <see cref="JsonDocument"/> alone leaves broken UTF-8 and lone surrogates to be found on use, by an exception of another kind.</summary>
public static class ReadableJson
{
    /// <exception cref="JsonException">Not well-formed, nested over 64 levels deep, or a name or text is not valid Unicode.</exception>
    public static JsonDocument Parse(byte[] utf8)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        var reader = new Utf8JsonReader(utf8);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException broken)
        {
            throw new JsonException($"The text before byte {reader.BytesConsumed} is not valid Unicode: {broken.Message}", broken);
        }

        return JsonDocument.Parse(utf8);
    }
}
