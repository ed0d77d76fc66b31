using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>
/// Which modules a configuration chooses, by PEFT's rules, where endings of names alone do not say it: a pattern, layers by number, exclusions, and
/// modules that are saved in full instead.
/// </summary>
/// <remarks>
/// PEFT passes over tensors of modules that are not chosen, and says so in a warning at most: a file that holds some means something else than its
/// settings.
/// </remarks>
internal sealed class ModuleChoice
{
    private const string AllLinear = "all-linear";

    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    /// <summary>Pattern of the names of target modules; null where they are listed.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>Endings of the names of modules left out.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Pattern of the names of modules left out.</summary>
    public string? ExcludedPattern { get; init; }

    /// <summary>Numbers of the layers whose modules are adapted; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Names of the lists that the layers lie in; empty for any.</summary>
    public IReadOnlyList<string> LayerLists { get; init; } = [];

    /// <summary>Modules saved in full, which PEFT never adapts as well.</summary>
    public IReadOnlyList<string> Saved { get; init; } = [];

    /// <summary>Whether more than endings of names decides.</summary>
    public bool IsNarrowed => TargetPattern is not null || Excluded.Count > 0 || ExcludedPattern is not null || Layers is not null;

    /// <summary>The setting that keeps a module from being adapted, with its value; null if none does.</summary>
    /// <exception cref="AdapterFormatException">A pattern can't be read, or takes too long.</exception>
    public string? Against(string module) =>
        TargetPattern is { } targets && !targets.Equals(AllLinear, StringComparison.OrdinalIgnoreCase) && !IsMatch("target_modules", targets, module)
            ? $"target_modules '{TensorName.Shorten(targets)}'"
        : ExcludedPattern is { } excluded && IsMatch("exclude_modules", excluded, module) ? $"exclude_modules '{TensorName.Shorten(excluded)}'"
        : Excluded.FirstOrDefault(ending => ModuleNames.IsTarget(module, ending)) is { } ending ? $"exclude_modules '{ending}'"
        : Saved.FirstOrDefault(saved => ModuleNames.LiesIn($"{module}.", saved)) is { } saved ? $"modules_to_save '{saved}'"
        : Layers is { } layers && (LayerOf(module) is not { } layer || !layers.Contains(layer)) ? $"layers_to_transform [{string.Join(", ", layers)}]"
        : null;

    /// <summary>The number after the last list of layers in a module's name; null if it lies in none.</summary>
    private int? LayerOf(string module)
    {
        string[] parts = module.Split('.');
        for (int i = parts.Length - 2; i > 0; i--)
        {
            if (int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
                && (LayerLists.Count == 0 || LayerLists.Any(list => ModuleNames.IsTarget(string.Join('.', parts[..i]), list))))
            {
                return layer;
            }
        }

        return null;
    }

    /// <summary>As Python's <c>re.fullmatch</c>.</summary>
    private static bool IsMatch(string setting, string pattern, string module)
    {
        string own = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal).Replace(@"\Z", @"\z", StringComparison.Ordinal);
        try
        {
            return Regex.IsMatch(module, $@"\A(?:{own})\z", RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (RegexParseException broken)
        {
            throw Unusable(setting, pattern, "can't be read as a regular expression", broken);
        }
        catch (RegexMatchTimeoutException endless)
        {
            throw Unusable(setting, pattern, $"takes over {LongestMatch.TotalSeconds:0} s to match '{module}'", endless);
        }
    }

    private static AdapterFormatException Unusable(string setting, string pattern, string why, Exception cause) =>
        new($"{PeftConfig.FileName}: {setting} is '{TensorName.Shorten(pattern)}', which {why}; list the names of the modules instead.", cause);
}
