namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>One setting of an agent, as the reference and the checks know it.</summary>
/// <param name="Key">As in a file, with <c>*</c> for a place in a list or a name: <c>data:*:file</c>.</param>
/// <param name="Form">What its text must be.</param>
/// <param name="Default">What holds if it is not given; for people.</param>
/// <param name="Purpose">What it does; for people.</param>
internal sealed record Setting(string Key, SettingForm Form, string Default, string Purpose)
{
    /// <summary>Whether its value is shown to nobody, and stands in no file of settings.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether it is one of a list of plain values, or a name with a plain value: whoever gives one gives them all.</summary>
    public bool IsItem => Key.EndsWith(":*", StringComparison.Ordinal);
}
