using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>Times in JSON as <see cref="DurationText"/> writes them.</summary>
public sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && DurationText.TryParse(text, out TimeSpan time)
            ? time
            : throw new JsonException("A time is written as 90s, 15m or 1h30m.");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(DurationText.Format(value));
    }
}
