using System.Text.Json;

namespace EdgeFlora.Aggregation;

/// <summary>A setting's value as its user writes it: <c>true</c>, <c>fedexp</c>, <c>multi-krum</c>, <c>0.5</c>.</summary>
internal static class WrittenValue
{
    public static string Of(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        ServerStep step => step.ToString().ToLowerInvariant(),
        Enum choice => JsonNamingPolicy.KebabCaseLower.ConvertName(choice.ToString()),
        _ => FormattableString.Invariant($"{value}"),
    };
}
