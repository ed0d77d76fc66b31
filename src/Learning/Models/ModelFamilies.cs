using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Models;

/// <summary>The families that can be loaded.</summary>
internal static class ModelFamilies
{
    private static readonly ModelFamily[] All = [BertFamily.Instance];

    /// <summary>The family that a configuration asks for.</summary>
    /// <exception cref="InvalidDataException">It names none, or one that is not supported; the message lists those that are.</exception>
    public static ModelFamily Of(ConfigFile config)
    {
        string type = config.Text("model_type");
        return All.FirstOrDefault(family => family.Types.Contains(type, StringComparer.Ordinal))
            ?? throw config.Refuse($"model_type is \"{type}\"; supported are {string.Join(", ", All.SelectMany(family => family.Types).Order(StringComparer.Ordinal))}");
    }
}
