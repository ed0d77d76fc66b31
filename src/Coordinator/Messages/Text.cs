using EdgeFlora.Contracts;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>Bounds on free text that came from outside.</summary>
internal static class Text
{
    public static string Cut(string? text, int most = WireLimits.MaxTextLength) =>
        text is null ? string.Empty : text.Length <= most ? text : text[..most];
}
