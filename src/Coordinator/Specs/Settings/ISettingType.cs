using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>What values a setting takes: how they are read and written, and their JSON schema.</summary>
internal interface ISettingType<T>
{
    /// <summary>What would be right, to follow "it must be".</summary>
    string Right { get; }

    bool TryRead(SpecNode node, [MaybeNullWhen(false)] out T value);

    /// <summary>What is wrong with a value that cannot be read, to follow the setting's name.</summary>
    string Wrong(SpecNode node) => $"is {node.AsTyped}; it must be {Right}";

    JsonNode Write(T value);

    JsonObject Schema();
}
