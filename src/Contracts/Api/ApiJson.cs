using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>How the API writes JSON; its clients read the same way.</summary>
public static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = Configured(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Applies the API's settings. What a request holds beyond them is a mistake, not something to pass over.</summary>
    public static JsonSerializerOptions Configured(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        return options;
    }
}
