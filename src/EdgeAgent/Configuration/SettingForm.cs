using System.Globalization;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>What the text of a setting must be.</summary>
/// <param name="Right">What is right, for messages and the reference: <c>1 … 1024</c>.</param>
/// <param name="Fits">Whether a text is.</param>
/// <param name="IsPath">Whether it names a file or folder, which in a configuration file counts from that file's folder.</param>
internal sealed record SettingForm(string Right, Predicate<string> Fits, bool IsPath = false)
{
    private static readonly Dictionary<string, double> Seconds = new(StringComparer.Ordinal)
    {
        ["ms"] = 0.001,
        ["s"] = 1,
        ["min"] = 60,
        ["h"] = 3600,
        ["d"] = 86_400,
    };

    private static readonly Dictionary<string, double> Sizes = new(StringComparer.Ordinal)
    {
        ["B"] = 1,
        ["kB"] = 1e3,
        ["MB"] = 1e6,
        ["GB"] = 1e9,
        ["TB"] = 1e12,
        ["KiB"] = 1L << 10,
        ["MiB"] = 1L << 20,
        ["GiB"] = 1L << 30,
        ["TiB"] = 1L << 40,
    };

    public static SettingForm Text { get; } = new("text", static _ => true);

    public static SettingForm ExistingFile { get; } = new("a file that exists", File.Exists, IsPath: true);

    public static SettingForm ExistingFolder { get; } = new("a folder that exists", Directory.Exists, IsPath: true);

    public static SettingForm Path { get; } = new("a path", static _ => true, IsPath: true);

    public static SettingForm Name { get; } = new(AgentOptions.NameForm, AgentOptions.IsName);

    public static SettingForm Label { get; } = new(AgentOptions.LabelForm, AgentOptions.IsLabel);

    public static SettingForm YesNo { get; } = new("yes or no", static text => ReadYesNo(text) is not null);

    public static SettingForm Hours { get; } = new(WorkHours.Form, static text => AreHours(text));

    public static SettingForm Whole(long least, ulong most) => new(
        string.Create(CultureInfo.InvariantCulture, $"a whole number, {least} … {most}"),
        text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value >= (ulong)least && value <= most);

    public static SettingForm Number(double least, double most) => new(
        string.Create(CultureInfo.InvariantCulture, $"a number, {least} … {most}"),
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most);

    public static SettingForm Choice(params IReadOnlyList<string> names) => new($"one of {string.Join(", ", names)}", names.Contains);

    public static SettingForm Duration(string least, string most) => new(
        $"{least} … {most}, as a number with ms, s, min, h or d",
        text => ReadDuration(text) is { } time && time >= ReadDuration(least) && time <= ReadDuration(most));

    public static SettingForm Bytes(string least) => new(
        $"at least {least}, as a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
        text => ReadBytes(text) is { } bytes && bytes >= ReadBytes(least));

    public static bool? ReadYesNo(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "true" or "on" => true,
        "no" or "false" or "off" => false,
        _ => null,
    };

    public static TimeSpan? ReadDuration(string text) => Measure(text, Seconds) is { } seconds and < 1e9 ? TimeSpan.FromSeconds(seconds) : null;

    public static long? ReadBytes(string text) => Measure(text, Sizes) is { } bytes and < 1e18 ? (long)bytes : null;

    private static double? Measure(string text, Dictionary<string, double> units)
    {
        string number = text.TrimEnd([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]);
        return units.TryGetValue(text[number.Length..], out double unit) && double.TryParse(
            number.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? value * unit
            : null;
    }

    private static bool AreHours(string text)
    {
        try
        {
            WorkHours.Parse([text]);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
