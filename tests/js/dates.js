// Date, in UTC so that the machine's time zone does not matter.
const { test, equal, same, throws } = require("./check.js");

test("making and reading", () => {
    const d = new Date(Date.UTC(2024, 1, 29, 12, 30, 45, 678));
    equal(d.toISOString(), "2024-02-29T12:30:45.678Z");
    same([d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCDay(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds(), d.getUTCMilliseconds()],
        [2024, 1, 29, 4, 12, 30, 45, 678]);
    equal(new Date(0).getTime(), 0);
    equal(+new Date(5), 5);
    equal(new Date(NaN).getTime(), NaN);
    equal(String(new Date(NaN)), "Invalid Date");
    throws(() => new Date(NaN).toISOString(), "RangeError");
    equal(typeof Date(), "string");
    equal(typeof Date.now(), "number");
    equal(new Date(8.64e15 + 1).getTime(), NaN);
    equal(Date.UTC(99, 0), 915148800000);
    equal(new Date(new Date(7)).getTime(), 7);
    equal(d.toJSON(), d.toISOString());
    equal(new Date(-1).toISOString(), "1969-12-31T23:59:59.999Z");
    equal(new Date(Date.UTC(-1, 0)).toISOString(), "-000001-01-01T00:00:00.000Z");
});

test("parsing", () => {
    equal(Date.parse("2024-01-02"), Date.UTC(2024, 0, 2));
    equal(Date.parse("2024-01-02T03:04:05Z"), Date.UTC(2024, 0, 2, 3, 4, 5));
    equal(Date.parse("2024-01-02T03:04:05.5+02:00"), Date.UTC(2024, 0, 2, 1, 4, 5, 500));
    equal(Date.parse("2024"), Date.UTC(2024, 0));
    equal(Date.parse("nonsense"), NaN);
    equal(Date.parse("Tue, 02 Jan 2024 03:04:05 GMT"), Date.UTC(2024, 0, 2, 3, 4, 5));
    equal(Date.parse("2024-13-01"), NaN);
    equal(new Date(2024, 0, 31).getDate(), 31);
    equal(new Date(2024, 0, 1, 5).getHours(), 5);
});

test("setting", () => {
    const d = new Date(0);
    equal(d.setUTCFullYear(2020, 1, 30), Date.UTC(2020, 2, 1));
    equal(d.setUTCHours(25), Date.UTC(2020, 2, 2, 1));
    equal(d.setUTCMonth(-1), Date.UTC(2019, 11, 2, 1));
    equal(d.setUTCDate(0), Date.UTC(2019, 10, 30, 1));
    equal(d.setUTCMinutes(90, 5, 6), Date.UTC(2019, 10, 30, 2, 30, 5, 6));
    equal(d.setTime(1), 1);
    const later = new Date(2000);
    equal(later - d, 1999);
    equal(later > d, true);
    equal(d.setUTCSeconds(NaN), NaN);
    equal(new Date(2020, 5, 15).getMonth(), 5);
});

test("text", () => {
    const d = new Date(Date.UTC(2024, 0, 5, 1, 2, 3));
    equal(d.toUTCString(), "Fri, 05 Jan 2024 01:02:03 GMT");
    equal(Object.prototype.toString.call(d), "[object Date]");
    equal(JSON.stringify({ d }), '{"d":"2024-01-05T01:02:03.000Z"}');
    equal(typeof d.getTimezoneOffset(), "number");
    equal(d[Symbol.toPrimitive]("number"), d.getTime());
    equal(d.toLocaleDateString("en-US", { timeZone: "UTC" }), "1/5/2024");
});
