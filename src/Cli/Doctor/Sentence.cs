namespace EdgeFlora.Cli.Doctor;

/// <summary>What EdgeFlora says of a failure: what is wrong, and behind the last semicolon what would help.</summary>
/// <param name="Cure">Null where it says none.</param>
internal sealed record Sentence(string Wrong, string? Cure)
{
    private static readonly (string Option, string Setting)[] Names =
        [("Broker:Url", "broker.url"), ("Broker:Ca", "broker.ca"), ("Broker:ServerName", "broker.serverName")];

    /// <summary>With settings as an agent's file names them.</summary>
    public static Sentence Of(Exception failure)
    {
        string said = Names.Aggregate(
            failure.Message.TrimEnd('.'), (text, name) => text.Replace(name.Option, name.Setting, StringComparison.Ordinal));
        int end = said.LastIndexOf("; ", StringComparison.Ordinal);
        return end < 0 ? new Sentence(said, null) : new Sentence(said[..end], said[(end + 2)..]);
    }
}
