using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>One setting of a run spec: the single place of its name, purpose, range and default.</summary>
internal abstract class Setting(string path, string purpose, string option)
{
    /// <summary>From the top: <c>rounds.count</c>.</summary>
    public string Path { get; } = path;

    /// <summary>The last word of <see cref="Path"/>.</summary>
    public string Name { get; } = path[(path.LastIndexOf('.') + 1)..];

    /// <summary>A sentence for people.</summary>
    public string Purpose { get; } = purpose;

    /// <summary>What the options call it, as in their complaints: <c>Rounds:Count</c>.</summary>
    public string Option { get; } = option;

    /// <summary>What values are right.</summary>
    public abstract string Right { get; }

    /// <summary>Reads the value; adds to <paramref name="values"/> either it or what is wrong with it.</summary>
    public abstract void Read(SpecNode node, SettingValues values);

    /// <summary>The value that was given, as JSON.</summary>
    public abstract JsonNode Write(SettingValues values);

    /// <summary>Its JSON schema, with purpose and default.</summary>
    public abstract JsonObject Schema();
}

/// <summary>A setting of a type.</summary>
/// <param name="defaultValue">What holds where nothing is said; a null is no default of its own, and <paramref name="purpose"/> says what
/// holds.</param>
internal sealed class Setting<T>(string path, string purpose, string option, ISettingType<T> type, T defaultValue) : Setting(path, purpose, option)
{
    public T Default { get; } = defaultValue;

    public ISettingType<T> Type { get; } = type;

    public override string Right => Type.Right;

    public override void Read(SpecNode node, SettingValues values)
    {
        if (node is SpecScalar { IsNull: true })
        {
            values.Refuse(node.Place, Path, null, $"{Path} has no value; it must be {Type.Right}, or be left out");
        }
        else if (Type.TryRead(node, out T? value))
        {
            values.Add(this, node, value!);
        }
        else
        {
            values.Refuse(node.Place, Path, node.AsTyped, $"{Path} {Type.Wrong(node)}");
        }
    }

    public override JsonNode Write(SettingValues values) => Type.Write(values.Of(this));

    public override JsonObject Schema()
    {
        JsonObject schema = Type.Schema();
        schema["description"] = Purpose;
        if (Default is not null)
        {
            schema["default"] = Type.Write(Default);
        }

        return schema;
    }
}
