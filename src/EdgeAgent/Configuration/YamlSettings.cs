using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>Settings of a YAML file, with their lines.</summary>
internal static class YamlSettings
{
    private const long MaxBytes = 1 << 20;
    private const int MaxSettings = 10_000;

    /// <param name="path">The file; its name stands in messages as it is given here.</param>
    /// <param name="mistakes">Takes what is wrong with the file's form.</param>
    /// <param name="fileIs">What its reader calls the setting that names the file.</param>
    public static IReadOnlyList<GivenSetting> Read(string path, ICollection<string> mistakes, string fileIs = "--config")
    {
        if (!File.Exists(path))
        {
            mistakes.Add($"{fileIs} is '{path}', which does not exist; give a YAML file");
            return [];
        }

        if (new FileInfo(path).Length > MaxBytes)
        {
            mistakes.Add($"{path}: has {new FileInfo(path).Length:N0} bytes; a configuration has at most {MaxBytes:N0}");
            return [];
        }

        List<GivenSetting> settings = [];
        try
        {
            using StreamReader text = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(text);
            if (yaml.Documents.Count > 1)
            {
                mistakes.Add($"{path}:{yaml.Documents[1].RootNode.Start.Line}: a second document begins here; a configuration is one");
            }
            else if (yaml.Documents.Count == 1 && yaml.Documents[0].RootNode is YamlMappingNode root)
            {
                Walk(path, "", root, settings, mistakes);
            }
            else if (yaml.Documents.Count == 1)
            {
                mistakes.Add($"{path}:{yaml.Documents[0].RootNode.Start.Line}: a configuration consists of lines like name: value");
            }
        }
        catch (YamlException broken)
        {
            string why = (broken.InnerException ?? broken).Message.ReplaceLineEndings(" ");
            mistakes.Add($"{path}:{broken.Start.Line}: this is no YAML: {why}");
        }

        return settings;
    }

    private static void Walk(string path, string key, YamlNode node, List<GivenSetting> settings, ICollection<string> mistakes)
    {
        // Aliases can make a small file mean very much.
        if (settings.Count >= MaxSettings)
        {
            throw new YamlException(node.Start, node.End, $"there are more than {MaxSettings} settings");
        }

        switch (node)
        {
            case YamlMappingNode { Children.Count: > 0 } mapping:
                foreach ((YamlNode name, YamlNode value) in mapping.Children)
                {
                    Walk(path, Join(key, name is YamlScalarNode { Value: { } text } ? text : name.ToString()), value, settings, mistakes);
                }

                break;
            case YamlSequenceNode { Children.Count: > 0 } sequence:
                for (int i = 0; i < sequence.Children.Count; i++)
                {
                    Walk(path, Join(key, $"{i}"), sequence.Children[i], settings, mistakes);
                }

                break;
            case YamlScalarNode { Value: { Length: > 0 } value } scalar when scalar.Style != ScalarStyle.Plain || value is not ("~" or "null"):
                settings.Add(new GivenSetting(key, value, new SettingOrigin(OriginKind.File, path, (int)node.Start.Line)));
                break;
            default:
                mistakes.Add($"{path}:{node.Start.Line}: {AgentSchema.Written(key)} has no value; write one, or leave the line out");
                break;
        }
    }

    private static string Join(string key, string part) => key.Length == 0 ? part : $"{key}:{part}";
}
