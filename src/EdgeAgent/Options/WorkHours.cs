using System.Collections;
using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>Hours of local time in which an agent may work: <c>22:00-06:00</c>, <c>Sat,Sun 00:00-24:00</c>, <c>Mon-Fri 18:00-08:00</c>.</summary>
/// <remarks>A window that ends at or before its begin goes on into the next day; its days are those on which it begins.</remarks>
internal sealed class WorkHours : IEquatable<WorkHours>
{
    /// <summary>What is right, for messages.</summary>
    public const string Form = "like 22:00-06:00, or Sat,Sun 00:00-24:00, or Mon-Fri 18:00-08:00";

    private const int DaysOfWeek = 7;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly IReadOnlyList<Window> windows;

    private WorkHours(IReadOnlyList<Window> windows) => this.windows = windows;

    /// <summary>No restriction.</summary>
    public static WorkHours Always { get; } = new([]);

    /// <summary>Whether there is no restriction.</summary>
    public bool IsAlways => windows.Count == 0;

    /// <exception cref="FormatException">A text is no window; the message says what would be right.</exception>
    public static WorkHours Parse(IEnumerable<string> texts) => new([.. texts.Select(Window.Parse)]);

    /// <param name="local">A time of this machine's clock, by its wall.</param>
    public bool Contains(DateTime local) => IsAlways || windows.Any(window => window.Contains(local));

    /// <summary>When the next window begins, if none is open; at most a week from now.</summary>
    public DateTime NextBegin(DateTime local) => Enumerable.Range(0, DaysOfWeek + 1)
        .SelectMany(day => windows.Where(window => window.On(local.Date.AddDays(day))).Select(window => local.Date.AddDays(day) + window.From))
        .Where(begin => begin > local)
        .Min();

    public bool Equals(WorkHours? other) => other is not null && windows.SequenceEqual(other.windows);

    public override bool Equals(object? obj) => Equals(obj as WorkHours);

    public override int GetHashCode() => windows.Count;

    public override string ToString() => string.Join("; ", windows);

    /// <param name="Days">The days on which it begins, by <see cref="DayOfWeek"/>.</param>
    private sealed record Window(BitArray Days, TimeSpan From, TimeSpan To, string Text)
    {
        public static Window Parse(string text)
        {
            string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] hours = parts.Length is 1 or 2 ? parts[^1].Split('-') : [];
            if (hours.Length != 2
                || Hour(hours[0]) is not { } from
                || Hour(hours[1]) is not { } to
                || from == to
                || from == Day
                || ReadDays(parts.Length == 2 ? parts[0] : "Mon-Sun") is not { } days)
            {
                throw new FormatException($"it must be {Form}");
            }

            return new Window(days, from, to, text);
        }

        public bool On(DateTime date) => Days[(int)date.DayOfWeek];

        public bool Contains(DateTime local)
        {
            bool overnight = To < From;
            TimeSpan time = local.TimeOfDay;
            return (On(local) && time >= From && (overnight || time < To)) || (overnight && On(local.AddDays(-1)) && time < To);
        }

        public bool Equals(Window? other) => other is not null && other.Text == Text;

        public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => Text;

        private static TimeSpan? Hour(string text)
        {
            string[] parts = text.Split(':');
            return parts.Length == 2
                && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hour) && hour <= 24
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minute) && minute < 60
                && new TimeSpan(hour, minute, 0) is var time && time <= Day
                ? time
                : null;
        }

        private static BitArray? ReadDays(string text)
        {
            var days = new BitArray(DaysOfWeek);
            foreach (string part in text.Split(','))
            {
                string[] ends = part.Split('-');
                if (ends.Length is not (1 or 2) || WeekDay(ends[0]) is not { } first || WeekDay(ends[^1]) is not { } last)
                {
                    return null;
                }

                for (int day = first; ; day = (day + 1) % DaysOfWeek)
                {
                    days[day] = true;
                    if (day == last)
                    {
                        break;
                    }
                }
            }

            return days;
        }

        private static int? WeekDay(string text) =>
            Array.FindIndex(Enum.GetNames<DayOfWeek>(), name => name[..3].Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var day
                ? day
                : null;
    }
}
