using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>A part of the spec and its settings.</summary>
/// <param name="Name">Its key; empty for the top.</param>
internal sealed record SpecSectionSettings(string Name, string Purpose, IReadOnlyList<Setting> Settings);
