using System.Text.Json.Serialization;

namespace EdgeFlora.Cli.Doctor;

/// <summary>How a check ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckOutcome>))]
internal enum CheckOutcome
{
    Ok,

    /// <summary>It works, but somebody should know.</summary>
    Warning,

    /// <summary>It must be mended.</summary>
    Failed,

    /// <summary>It makes no sense here, or not before something else is mended.</summary>
    NotTried,
}
