using System.Text;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>Reads run specs, YAML or JSON, and finds every mistake in them at once.</summary>
public static class RunSpecReader
{
    /// <summary>Largest spec that is read.</summary>
    public const int MaxBytes = SpecText.MaxBytes;

    /// <param name="text">UTF-8, with or without a byte order mark.</param>
    /// <param name="file">As the sender names it, for messages; null: no name.</param>
    /// <param name="overrides">Settings that replace those of the text, each as <c>rounds.count=5</c> with a YAML value.</param>
    public static RunSpecReading Read(ReadOnlySpan<byte> text, string? file = null, IReadOnlyList<string>? overrides = null)
    {
        SpecSection document;
        try
        {
            document = SpecOverrides.Apply(SpecDocument.Read(text, file), overrides ?? []);
        }
        catch (SpecSyntaxException broken)
        {
            return new RunSpecReading(null, null, [broken.Mistake]);
        }

        var values = new SettingValues(file);
        new SettingCollector(values, SpecSections.Top, SpecSections.Named, "a spec").Collect(document);
        RunSpec spec = Compose(values);
        return values.HasMistakes ? new RunSpecReading(null, null, values.Mistakes) : new RunSpecReading(spec, Written(values), []);
    }

    /// <summary>Reads a spec that has been written as JSON, such as <see cref="RunSpecReading.Document"/>.</summary>
    public static RunSpecReading Read(JsonObject document, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        return Read(Encoding.UTF8.GetBytes(document.ToJsonString()), null, overrides);
    }

    private static RunSpec Compose(SettingValues values)
    {
        RequireLabels(values);
        var spec = new RunSpec
        {
            Name = values.Of(TopSection.Name)!,
            Note = values.Of(TopSection.Note),
            Priority = values.Of(TopSection.Priority),
            Seed = values.Of(TopSection.Seed),
            Task = values.Of(TopSection.Task),
            Model = values.Of(TopSection.Model),
            DataSet = values.Of(TopSection.Data),
            Labels = values.Of(TopSection.Labels) ?? [],
            Selector = values.Of(RoundSections.Selector),
            WaitFor = values.Of(RoundSections.WaitFor),
            StartFrom = LifeSections.ReadStart(values),
            Retention = LifeSections.ReadRetention(values),
            Rounds = RoundSections.Read(values),
            Lora = LoraSection.Read(values),
            Training = TrainingSection.Read(values),
            Aggregation = AggregationSections.Read(values),
            Intake = IntakeSection.Read(values),
            Privacy = PrivacySection.Read(values),
        };
        OptionComplaints.Add(spec.Contradictions(), values);
        return spec;
    }

    private static void RequireLabels(SettingValues values)
    {
        bool needed = values.Of(TopSection.Task) == LearningTask.Classification;
        if (needed && !values.Has(TopSection.Labels) && !values.WasRefused(TopSection.Labels))
        {
            values.Refuse(TopSection.Labels, $"labels is missing; classification needs {TopSection.Labels.Type.Right} (or is it task: lm?)");
        }
    }

    private static JsonObject Written(SettingValues values)
    {
        var document = new JsonObject();
        foreach (SpecSectionSettings section in SpecSections.Named.Prepend(SpecSections.Top))
        {
            Setting[] given = [.. section.Settings.Where(values.Has)];
            if (given.Length == 0)
            {
                continue;
            }

            JsonObject place = section.Name.Length == 0 ? document : [];
            foreach (Setting setting in given)
            {
                place[setting.Name] = setting.Write(values);
            }

            if (section.Name.Length > 0)
            {
                document[section.Name] = place;
            }
        }

        return document;
    }
}
