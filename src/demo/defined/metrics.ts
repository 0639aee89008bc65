/** The demo's metrics, in their language. Those that others refer to come first. */
export const METRICS: Readonly<Record<string, string>> = {
  conversion_rate: `metric "conversion_rate" {
  description = "Of started checkouts, the share that is completed"
  formula = "count(checkout_completed) / count(checkout_started) * 100"
  dimensions = ["category", "source", "device", "release"]
  time_window = "1d"
  cache_ttl = "5m"
  unit = "percent"
  owner = "Shop"
}`,
  revenue: `metric "revenue" {
  description = "What completed checkouts are worth"
  formula = "sum(checkout_completed.revenue)"
  dimensions = ["category", "source", "plan", "country"]
  time_window = "1d"
  cache_ttl = "5m"
  unit = "EUR"
  owner = "Shop"
}`,
  orders: `metric "orders" {
  formula = "count(checkout_completed)"
  dimensions = ["category", "source", "plan", "country"]
  time_window = "1d"
  owner = "Shop"
}`,
  average_order: `metric "average_order" {
  description = "Revenue of an order"
  formula = "revenue / orders"
  dimensions = ["category", "source"]
  time_window = "1d"
  unit = "EUR"
  owner = "Shop"
}`,
  active_users: `metric "active_users" {
  description = "People who looked at a page, programs left out"
  formula = "uniq(page_viewed where source != 'bot')"
  dimensions = ["device", "source"]
  time_window = "1d"
  owner = "Growth"
}`,
  arpu: `metric "arpu" {
  description = "Revenue a visitor"
  formula = "revenue / active_users"
  time_window = "7d"
  unit = "EUR"
  owner = "Growth"
}`,
  revenue_growth: `metric "revenue_growth" {
  description = "Against the week before, in percent"
  formula = "(revenue - previous(revenue)) / previous(revenue) * 100"
  time_window = "7d"
  owner = "Growth"
}`,
  trial_conversion: `metric "trial_conversion" {
  description = "Of those who start a trial, the share that pays within three weeks"
  formula = "conversion(trial_started, plan_upgraded, '21d') * 100"
  time_window = "7d"
  unit = "percent"
  owner = "Membership"
}`,
  members_active: `metric "members_active" {
  description = "Members who used a feature"
  formula = "uniq(feature_used)"
  dimensions = ["feature", "plan"]
  time_window = "7d"
  owner = "Membership"
}`,
  cancellations: `metric "cancellations" {
  formula = "count(subscription_cancelled)"
  dimensions = ["reason", "plan"]
  time_window = "7d"
  owner = "Membership"
}`,
};
